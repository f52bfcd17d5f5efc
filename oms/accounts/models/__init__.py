from oms.accounts.models.audit_entry import AuditEntry
from oms.accounts.models.scope_grant import ScopeGrant
from oms.accounts.models.staff import Staff

__all__ = ["AuditEntry", "ScopeGrant", "Staff"]
