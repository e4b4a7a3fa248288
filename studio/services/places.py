"""Paths outside of a request: threads of the start and of workers know no sub-path."""

from django.urls import get_script_prefix, reverse


def path_in_studio(name: str, *arguments: str) -> str:
    """The path of this address within the studio, whatever sub-path a proxy gives it."""
    return f"/{reverse(f'studio:{name}', args=arguments).removeprefix(get_script_prefix())}"
