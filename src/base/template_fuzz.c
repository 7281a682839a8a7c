/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first line is a document, the rest a template. What is parsed is run, twice: the second time must give the same. A bound
 * that is passed is an error with a text, never silence.
 */

#include "base/template.h"

#include "base/fuzz.h"

static const char fallback[] =
	"{\"Id\":\"sha256:abc\",\"Name\":\"web\",\"N\":3,\"F\":1.5,\"Big\":1e21,\"T\":true,\"No\":false,\"Null\":null,\"Empty\":\"\","
	"\"List\":[\"a\",\"b\",\"c\"],\"Map\":{\"b\":\"2\",\"a\":\"1\"},\"Deep\":{\"One\":{\"Two\":\"x\"}},\"None\":[],"
	"\"Objs\":[{\"K\":\"x\",\"V\":1},{\"K\":[null,{}],\"V\":1.5}],\"Label\":{\"stage\":\"prod\"}}";

static int render(const struct template *t, const struct json *data, struct str *to)
{
	struct err e = ERR_INIT;
	int r = template_run(t, &(struct template_data){ data, data, false }, to, &e);

	if (r < 0 && (e.code == ERR_NONE || !e.text[0]))
		abort();
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autotemplate struct template *t = NULL;
	autojson struct json *document = NULL;
	autostr struct str first = STR_INIT, second = STR_INIT;
	char *rest = strchr(text, '\n');
	struct err e = ERR_INIT;

	if (!rest || json_parse(text, (size_t)(rest - text), &document, NULL) < 0) {
		rest = text - 1;
		if (json_parse(fallback, sizeof(fallback) - 1, &document, NULL) < 0)
			abort();
	}
	if (template_parse(rest + 1, &t, &e) < 0)
		return e.code == ERR_NONE ? (abort(), 0) : 0;
	(void)template_uses(t, "Name");
	if (render(t, document, &first) != render(t, document, &second) || !str_eq(str_text(&first), str_text(&second)))
		abort();
	return 0;
}
