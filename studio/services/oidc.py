"""Signing in through an OpenID Connect service."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from jwt import PyJWTError
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from requests import RequestException

from studio.services.backend import MemberBackend
from studio.services.outside import account_of

logger = logging.getLogger(__name__)


class OidcBackend(MemberBackend, OIDCAuthenticationBackend):  # type: ignore[misc]
    """Asks the service who has come back from it; its word is checked by signature, nonce, PKCE,
    audience and, where OIDC_ISSUER is set, issuer. Whatever cannot be checked lets nobody in."""

    def authenticate(  # type: ignore[override]
        self, request: Any, nonce: str | None = None, code_verifier: str | None = None
    ) -> User | None:
        if not nonce or not code_verifier:
            return None
        try:
            found: User | None = OIDCAuthenticationBackend.authenticate(
                self, request, nonce=nonce, code_verifier=code_verifier
            )
        except (SuspiciousOperation, RequestException, PyJWTError, ValueError, KeyError) as e:
            # The text of these can hold a token.
            logger.warning("Nobody was let in by the sign-in service: %s", type(e).__name__)
            return None
        return found

    def get_or_create_user(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> User | None:
        """The account of the person in the checked token."""
        said = payload.get("aud", [])
        audience = [said] if isinstance(said, str) else said
        if settings.OIDC_RP_CLIENT_ID not in audience:
            raise SuspiciousOperation("the token is for somebody else")
        if settings.OIDC_ISSUER and payload.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("the token is by somebody else")
        told = self.get_userinfo(access_token, id_token, payload)
        if told.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the token and the account are of two people")
        name = told.get("preferred_username") or told.get("name") or payload["sub"]
        return account_of(f"oidc {payload.get('iss', '')} {payload['sub']}"[:255], str(name))
