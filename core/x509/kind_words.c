/* What to say of each kind of file, and what to do about it. */
#include "x509/kind.h"

#define EXPORT_ON_WINDOWS "; on Windows open it and export each certificate as Base-64 (.CER)"

/* To open one there is to import it, keys and all. */
#define EXPORT_IN_POWERSHELL(file)                                                                \
	"in PowerShell: (Get-PfxData " file " -Password (Read-Host -AsSecureString))"             \
	".OtherCertificates | ForEach-Object { Export-Certificate -Cert $_ -FilePath "            \
	"($_.Thumbprint + '.cer') }"

static const struct {
	const char *message;
	const char *hint;
} answers[] = {
	[TMD_KIND_EMPTY] = { "it is empty", "fetch or export it again" },
	[TMD_KIND_HTML] = { "this is a web page (HTML), not a certificate",
			    "download the file itself, not the page that shows it" },
	[TMD_KIND_UTF16] = { "this is UTF-16 text, which no TLS library reads",
			     "save it again as ASCII or UTF-8: "
			     "iconv -f UTF-16 -t UTF-8 FILE > ca.pem; "
			     "in PowerShell: Get-Content -Encoding Unicode FILE | "
			     "Set-Content -Encoding ascii ca.pem" },
	[TMD_KIND_UTF16_BE] = { "this is UTF-16 text, which no TLS library reads",
				"save it again as ASCII or UTF-8: "
				"iconv -f UTF-16BE -t UTF-8 FILE > ca.pem; in PowerShell: "
				"Get-Content -Encoding BigEndianUnicode FILE | "
				"Set-Content -Encoding ascii ca.pem" },
	[TMD_KIND_UTF32] = { "this is UTF-32 text, which no TLS library reads",
			     "save it again as ASCII or UTF-8: "
			     "iconv -f UTF-32 -t UTF-8 FILE > ca.pem; in PowerShell: "
			     "Get-Content -Encoding utf32 FILE | Set-Content -Encoding ascii ca.pem" },
	[TMD_KIND_CR_ONLY] = { "its lines end in CR alone, which no TLS library reads",
			       "save it again with Unix or Windows line ends: "
			       "tr '\\r' '\\n' < FILE > ca.pem; "
			       "in PowerShell: Get-Content FILE | Set-Content -Encoding ascii ca.pem" },
	[TMD_KIND_DER] = { "this is one certificate in DER (binary), not PEM",
			   "convert it: openssl x509 -inform DER -in FILE -out ca.pem; "
			   "on Windows: certutil -encode FILE ca.pem" },
	[TMD_KIND_OTHER_DER] = { "this is binary DER, and no certificate",
				 "give a CA certificate, in PEM" },
	[TMD_KIND_PKCS7] = { "this is PKCS#7, not a certificate",
			     "take the certificates out: "
			     "openssl pkcs7 -print_certs -in FILE -out ca.pem" EXPORT_ON_WINDOWS },
	[TMD_KIND_PKCS7_DER] = { "this is PKCS#7 in DER (.p7b), not a certificate",
				 "take the certificates out: openssl pkcs7 -inform DER "
				 "-print_certs -in FILE -out ca.pem" EXPORT_ON_WINDOWS },
	[TMD_KIND_PKCS7_MISNAMED] = { "this is PKCS#7 under the heading of a certificate",
				      "take the certificates out: grep -v -e - FILE | "
				      "openssl base64 -d | openssl pkcs7 -inform DER "
				      "-print_certs -out ca.pem" EXPORT_ON_WINDOWS },
	[TMD_KIND_PKCS12] = { "this is PKCS#12 (.p12, .pfx), which can hold private keys",
			      "take the CA certificates out: openssl pkcs12 -in FILE -cacerts "
			      "-nokeys -out ca.pem (with -legacy where it cannot be "
			      "read); " EXPORT_IN_POWERSHELL("FILE") },
	[TMD_KIND_PKCS12_MISNAMED] = { "this is PKCS#12 in base64, which can hold private keys",
				       "take the CA certificates out: grep -v -e - FILE | "
				       "openssl base64 -d -out ca.p12, then openssl pkcs12 "
				       "-in ca.p12 -cacerts -nokeys -out ca.pem; on Windows: "
				       "certutil -decode FILE ca.pfx, then " EXPORT_IN_POWERSHELL(
					       "ca.pfx") },
	[TMD_KIND_JKS] = { "this is a Java keystore",
			   "take the certificates out: "
			   "keytool -list -rfc -keystore FILE > ca.pem" },
	[TMD_KIND_SST] = { "this is a certificate store of Windows (.sst)",
			   "open it on Windows and export each certificate as Base-64 (.CER)" },
	[TMD_KIND_REQUEST] = { "this is a certificate request (CSR), not a certificate",
			       "give the certificate that the CA made, or the CA's own" },
	[TMD_KIND_CRL] = { "this is a revocation list (CRL), not a certificate",
			   "give the CA certificate itself" },
	[TMD_KIND_TRUSTED] = { "this is an OpenSSL TRUSTED CERTIFICATE, whose trust settings "
			       "would be lost",
			       "write it as a plain one: openssl x509 -in FILE -out ca.pem" },
	[TMD_KIND_PRIVATE_KEY] = { "there is a private key in it",
				   "a trust store is readable by everyone: give the certificate "
				   "alone, and if this file was shared, replace the key" },
	[TMD_KIND_PUBLIC_KEY] = { "this is a public key, not a certificate",
				  "give the CA certificate itself" },
	[TMD_KIND_SSH_KEY] = { "this is a public key of SSH, not a certificate",
			       "give a CA certificate, in PEM" },
	[TMD_KIND_PGP] = { "this is of OpenPGP, not a certificate for TLS",
			   "give a CA certificate, in PEM" },
	[TMD_KIND_GZIP] = { "it is compressed (gzip)",
			    "unpack it: gzip -dc FILE > ca.pem (a .tar.gz: tar -xzf FILE)" },
	[TMD_KIND_ZIP] = { "this is a zip archive", "unpack it, and name the certificate in it" },
	[TMD_KIND_TAR] = { "this is a tar archive", "unpack it: tar -xf FILE" },
	[TMD_KIND_PACKED] = { "this is a packed archive",
			      "unpack it, and name the certificate in it" },
	[TMD_KIND_JSON] = { "this is JSON, not a certificate",
			    "give a CA certificate, in PEM" },
	[TMD_KIND_JSON_WITH_PEM] = { "this is JSON with a certificate in it",
				     "take it out: grep -o -e '-----BEGIN CERT[^\"]*' FILE | "
				     "sed 's/\\\\r//g; s/\\\\n/\\n/g; s/\\\\//g' > ca.pem" },
	[TMD_KIND_YAML_WITH_PEM] = { "this is YAML with a certificate in it",
				     "take it out: sed -n '/-----BEGIN CERT/,/-----END CERT/"
				     "s/^ *//p' FILE > ca.pem" },
	[TMD_KIND_XML] = { "this is XML, not a certificate", "give a CA certificate, in PEM" },
	[TMD_KIND_NUMBERED] = { "each of its lines has a number before it",
				"take the numbers away: "
				"sed 's/^[[:space:]]*[0-9]*[[:space:]:|.]*//' FILE > ca.pem; "
				"in PowerShell: (Get-Content FILE) -replace '^\\s*\\d+[\\s:|.]*' | "
				"Set-Content -Encoding ascii ca.pem" },
	[TMD_KIND_BASE64_OTHER] = { "it is base64, and not that of a certificate",
				    "give a CA certificate, in PEM" },
	[TMD_KIND_BASE64] = { "it is base64 without the BEGIN and END lines of a certificate",
			      "put -----BEGIN CERTIFICATE----- before and "
			      "-----END CERTIFICATE----- behind it" },
	[TMD_KIND_BASE64_PEM] = { "this is PEM that was encoded in base64 once more",
				  "decode it: grep -o 'LS0tLS1CRUdJTi[A-Za-z0-9+/=]*' FILE | "
				  "base64 -d > ca.pem" },
	[TMD_KIND_BASE64_PEM_LINES] = { "this is PEM that was encoded in base64 once more",
					"decode it: grep -v -e - FILE | openssl base64 -d "
					"> ca.pem; on Windows: certutil -decode FILE ca.pem" },
	[TMD_KIND_DAMAGED] = { "the certificate in it is damaged", "fetch it again" },
};

const char *tmd_kind_message(enum tmd_kind kind)
{
	return answers[kind].message;
}

const char *tmd_kind_hint(enum tmd_kind kind)
{
	return answers[kind].hint;
}

void tmd_kind_explain(enum tmd_kind kind, const char *name, const char *hint,
		      struct tmd_error *err)
{
	if (kind == TMD_KIND_OTHER)
		tmd_error_set(err, TMD_E_REFUSED, name, hint, "there is no certificate in it");
	else
		tmd_error_set(err, TMD_E_REFUSED, name, answers[kind].hint, "%s",
			      answers[kind].message);
}

enum tmd_rc tmd_kind_refuse(enum tmd_kind kind, const char *name, const char *hint,
			    struct tmd_error *err)
{
	tmd_kind_explain(kind, name, hint, err);
	return TMD_FAILED;
}
