/*
 * p11-kit's own trust module as a judge, where it is installed: which certificates it finds
 * below a source directory, and what each of them is to it. Spoken to as PKCS #11 2.40 says.
 */
#ifndef TESTS_FUZZ_P11_MODULE_H
#define TESTS_FUZZ_P11_MODULE_H

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define P11_CERTS_MAX 16
#define P11_CERT_MAX 8192 /* bytes */

struct p11_cert {
	unsigned char der[P11_CERT_MAX];
	size_t len;
	bool trusted;
	bool distrusted;
};

struct p11_attribute {
	unsigned long type;
	void *value;
	unsigned long len;
};

/* The functions of CK_FUNCTION_LIST by their place in it. */
enum p11_function {
	P11_INITIALIZE = 0,
	P11_FINALIZE = 1,
	P11_GET_SLOT_LIST = 4,
	P11_OPEN_SESSION = 12,
	P11_GET_ATTRIBUTE_VALUE = 24,
	P11_FIND_OBJECTS_INIT = 26,
	P11_FIND_OBJECTS = 27,
	P11_FUNCTIONS = 68,
};

struct p11_module {
	unsigned char version[2];
	void (*functions[P11_FUNCTIONS])(void);
};

#define P11_CALL(module, name, parameters, ...)                                        \
	((unsigned long (*) parameters)(module)->functions[name])(__VA_ARGS__)

/* What the module leaks on bad input is not ours. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* NULL where there is none. */
static inline struct p11_module *p11_module(void)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-trust.so",
		"/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-trust.so",
		"/usr/lib64/pkcs11/p11-kit-trust.so",
		"/usr/lib/pkcs11/p11-kit-trust.so",
	};
	struct p11_module *module = NULL;
	unsigned long (*get)(struct p11_module **list);
	void *library = NULL;

	for (size_t i = 0; !library && i < sizeof(paths) / sizeof(*paths); i++)
		library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return NULL;
	*(void **)&get = dlsym(library, "C_GetFunctionList");
	return get && get(&module) == 0 ? module : NULL;
}

static inline void p11_read_cert(struct p11_module *module, unsigned long session,
				 unsigned long object, struct p11_cert *out)
{
	unsigned char trusted = 0;
	unsigned char distrusted = 0;
	struct p11_attribute attributes[] = {
		{ 0x11, out->der, sizeof(out->der) },	     /* CKA_VALUE */
		{ 0x86, &trusted, sizeof(trusted) },	     /* CKA_TRUSTED */
		{ 0xD8444764, &distrusted, sizeof(distrusted) }, /* CKA_X_DISTRUSTED */
	};

	(void)P11_CALL(module, P11_GET_ATTRIBUTE_VALUE,
		       (unsigned long, unsigned long, struct p11_attribute *, unsigned long),
		       session, object, attributes, 3);
	out->len = attributes[0].len == (unsigned long)-1 ? 0 : attributes[0].len;
	out->trusted = trusted;
	out->distrusted = distrusted;
}

static inline size_t p11_find(struct p11_module *module, unsigned long slot, struct p11_cert *out)
{
	unsigned long class = 1; /* CKO_CERTIFICATE */
	struct p11_attribute wanted = { 0, &class, sizeof(class) };
	unsigned long objects[P11_CERTS_MAX];
	unsigned long session;
	unsigned long count = 0;

	if (P11_CALL(module, P11_OPEN_SESSION,
		     (unsigned long, unsigned long, void *, void *, unsigned long *), slot, 4, NULL,
		     NULL, &session) != 0 ||
	    P11_CALL(module, P11_FIND_OBJECTS_INIT,
		     (unsigned long, struct p11_attribute *, unsigned long), session, &wanted,
		     1) != 0 ||
	    P11_CALL(module, P11_FIND_OBJECTS,
		     (unsigned long, unsigned long *, unsigned long, unsigned long *), session,
		     objects, P11_CERTS_MAX, &count) != 0)
		abort();
	for (unsigned long i = 0; i < count; i++)
		p11_read_cert(module, session, objects[i], &out[i]);
	return count;
}

/* The certificates below the source directory `dir`; P11_CERTS_MAX may be fewer than all. */
static inline size_t p11_certs(struct p11_module *module, const char *dir, struct p11_cert *out)
{
	char paths[256];
	struct {
		void *mutexes[4];
		unsigned long flags;
		void *reserved;
	} arguments = { { NULL }, 2, paths };
	unsigned long slots[4];
	unsigned long slot_count = 4;
	int standard = dup(2);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t count;

	snprintf(paths, sizeof(paths), "paths='%s'", dir);
	/* It says on standard error what it does not like. */
	if (standard < 0 || nowhere < 0 || dup2(nowhere, 2) < 0)
		abort();
	if (__lsan_disable)
		__lsan_disable();
	if (P11_CALL(module, P11_INITIALIZE, (void *), &arguments) != 0 ||
	    P11_CALL(module, P11_GET_SLOT_LIST,
		     (unsigned char, unsigned long *, unsigned long *), 1, slots,
		     &slot_count) != 0 || slot_count != 1)
		abort();
	count = p11_find(module, slots[0], out);
	(void)P11_CALL(module, P11_FINALIZE, (void *), NULL);
	if (__lsan_enable)
		__lsan_enable();
	dup2(standard, 2);
	close(standard);
	close(nowhere);
	return count;
}

#endif
