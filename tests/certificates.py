"""A certificate of this machine's own and its key, as the files that an owner gives."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PKCS8 = serialization.PrivateFormat.PKCS8
OLDER = serialization.PrivateFormat.TraditionalOpenSSL


def make_pair(folder: Path, form: serialization.PrivateFormat = PKCS8) -> dict[str, str]:
    """The settings that name the two files."""
    folder.mkdir(exist_ok=True)
    key, plain = ec.generate_private_key(ec.SECP256R1()), serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, plain))
    (folder / "cert.pem").write_bytes(_certificate(key).public_bytes(pem))
    return {"TLS_CERT": str(folder / "cert.pem"), "TLS_KEY": str(folder / "key.pem")}


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "studio.example")])
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now, day = datetime.now(UTC), timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(hosts, critical=False)
        .sign(key, hashes.SHA256())
    )
