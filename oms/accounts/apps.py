from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps


class AccountsConfig(AppConfig):
    name = "oms.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
        from django.db.models.signals import post_migrate

        from oms.accounts import retention, sign_in  # noqa: F401 - registers what is removed

        user_logged_in.connect(sign_in.note_sign_in)
        user_logged_out.connect(sign_in.note_sign_out)
        user_login_failed.connect(sign_in.note_failure)
        post_migrate.connect(_seed_roles)


def _seed_roles(sender: AppConfig, **_named: Any) -> None:
    # Django makes the permissions of an app when it has been migrated: the roles can have theirs after the last app with models.
    if sender.name == [config.name for config in apps.get_app_configs() if config.models_module is not None][-1]:
        from oms.accounts.roles import seed_roles

        seed_roles()
