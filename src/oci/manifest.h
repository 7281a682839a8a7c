/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image manifests and indexes: OCI image specification and Docker's schema 2, which differ in media types only. */

#include "oci/platform.h"

struct oci_descriptor {
	char *media_type, *digest;
	uint64_t size;
	struct oci_platform platform;
	struct strmap annotations;
	struct strv urls; /* where a layer that registries may not distribute lies */
};

struct oci_descriptors {
	struct oci_descriptor *items;
	size_t n;
};

struct oci_manifest {
	uint32_t schema_version;
	char *media_type, *artifact_type;
	struct oci_descriptor config;
	struct oci_descriptors layers;
};

struct oci_index {
	uint32_t schema_version;
	char *media_type;
	struct oci_descriptors manifests;
};

extern const struct decode_table oci_manifest_table, oci_index_table;

#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER "application/vnd.oci.image.layer.v1.tar"
#define DOCKER_TYPE_CONFIG "application/vnd.docker.container.image.v1+json"
#define DOCKER_TYPE_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_TYPE_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"

/* What a layer's media type says about it. */
enum oci_layer_kind {
	OCI_LAYER_ANY, /* nothing: there is no media type */
	OCI_LAYER_PLAIN,
	OCI_LAYER_GZIP,
	OCI_LAYER_ZSTD,
	OCI_LAYER_ENCRYPTED,
	OCI_LAYER_UNKNOWN,
};

/* *ret_foreign: a registry need not have it. */
enum oci_layer_kind oci_layer_kind(const char *media_type, bool *ret_foreign);

/* Is it the config of an image, and not of an artifact? NULL is. */
bool oci_is_image_config(const char *media_type);

/* A tree of values costs many times its text: a document of more than OCI_VALUES of them is refused before it becomes one. */
enum { OCI_VALUES = 200000 };
int oci_document_check(const char *text, size_t len, struct err *e);

/* 1 for an index, 0 for a manifest, -1. A document with the members of both is refused, whatever it calls itself. */
int oci_manifest_kind(const char *text, size_t len, struct err *e);

int oci_manifest_parse(const char *text, size_t len, struct oci_manifest *ret, struct err *e);
int oci_index_parse(const char *text, size_t len, struct oci_index *ret, struct err *e);
