"""The admin panel: job history, files, accounts and what was changed by whom. Keys are write-only
everywhere."""

from django.contrib import admin

from studio.admin.assets import AssetAdmin
from studio.admin.audit import AuditAdmin
from studio.admin.jobs import JobAdmin
from studio.admin.providers import ProviderAdmin, ProviderModelAdmin

__all__ = ["AssetAdmin", "AuditAdmin", "JobAdmin", "ProviderAdmin", "ProviderModelAdmin"]

admin.site.site_header = admin.site.site_title = "Dailies"
admin.site.index_title = "Studio"
