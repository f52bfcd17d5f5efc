from oms.portal.models.announcement import Announcement, AnnouncementRead
from oms.portal.models.tally import Tally, TallyMark

__all__ = ["Announcement", "AnnouncementRead", "Tally", "TallyMark"]
