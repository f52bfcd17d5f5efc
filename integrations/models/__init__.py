"""Models of the integrations."""

from integrations.models.missed import MissedTrade
from integrations.models.position import DownloadPosition

__all__ = ["DownloadPosition", "MissedTrade"]
