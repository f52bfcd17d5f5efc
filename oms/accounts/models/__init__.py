from oms.accounts.models.api_token import ApiToken
from oms.accounts.models.audit_entry import AuditEntry
from oms.accounts.models.idempotent_call import IdempotentCall
from oms.accounts.models.scope_grant import ScopeGrant
from oms.accounts.models.second_factor import RecoveryCode, SecondFactor
from oms.accounts.models.staff import Staff

__all__ = ["ApiToken", "AuditEntry", "IdempotentCall", "RecoveryCode", "ScopeGrant", "SecondFactor", "Staff"]
