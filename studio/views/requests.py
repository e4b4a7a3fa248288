"""Small questions about a request."""

from django.contrib.auth.models import User
from django.http import HttpRequest


def member(request: HttpRequest) -> User:
    """Who asks. Every page but the public ones is behind the login."""
    if not isinstance(request.user, User):
        raise TypeError("this page needs a login")
    return request.user
