from oms.portal.models.tally import Tally, TallyMark

__all__ = ["Tally", "TallyMark"]
