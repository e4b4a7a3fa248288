"""Where a request comes from, as far as that can be believed."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

FORWARDED = "HTTP_X_FORWARDED_FOR"


def is_trusted(address: str) -> bool:
    """True for the address of a proxy of ours (TRUSTED_PROXIES)."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in settings.TRUSTED_PROXIES)


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks. Through a proxy of ours it is the last one in X-Forwarded-For
    that is none of ours: whatever stands before it was written by the client."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    told = [part.strip() for part in request.META.get(FORWARDED, "").split(",")]
    while is_trusted(address) and told and told[-1]:
        address = told.pop()
    return address
