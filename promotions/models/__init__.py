from promotions.models.campaign import Campaign
from promotions.models.grant import GiftGrant
from promotions.models.limit import LimitCounter
from promotions.models.scheme import Scheme, SchemeTier

__all__ = ["Campaign", "GiftGrant", "LimitCounter", "Scheme", "SchemeTier"]
