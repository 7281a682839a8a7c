/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/registry_config.h"

#define ROW(name, member, kind, ...) DECODE_ROW(struct registry_config, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(registry_config_table, struct registry_config,
	ROW("version", version, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW("listen", listen, DECODE_STRV, .flags = DECODE_REQUIRED),
	ROW("root", root, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("images", images, DECODE_STRING),
	ROW("htpasswd", htpasswd, DECODE_STRING),
	ROW("tlsCert", tls_cert, DECODE_STRING),
	ROW("tlsKey", tls_key, DECODE_STRING),
	ROW("logLevel", log_level, DECODE_STRING),
	ROW("processes", processes, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW("connections", connections, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW("deadline", deadline, DECODE_I64, .flags = DECODE_REQUIRED),
);

static int check(const struct registry_config *c, struct err *e)
{
	if (c->version != REGISTRY_CONFIG_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "version %u of the registry's configuration is not known", c->version);
	if (!c->listen.n)
		return err_set(e, ERR_INVALID, "the registry has no address to listen on");
	if (!c->tls_cert != !c->tls_key)
		return err_set(e, ERR_INVALID, "a certificate and its key belong together");
	if (!c->processes || !c->connections || c->deadline <= 0)
		return err_set(e, ERR_INVALID, "processes, connections and deadline are at least one");
	return 0;
}

int registry_config_parse(const char *json, size_t len, struct registry_config *ret, struct err *e)
{
	struct registry_config config;

	if (decode_text(&registry_config_table, json, len, &config, e) < 0)
		return -1;
	if (check(&config, e) < 0) {
		registry_config_done(&config);
		return -1;
	}
	*ret = config;
	return 0;
}

void registry_config_print(const struct registry_config *config, struct str *to)
{
	struct json_writer w = { .out = to };

	encode(&registry_config_table, config, &w, NULL);
}

void registry_config_done(struct registry_config *config)
{
	decode_done(&registry_config_table, config);
}
