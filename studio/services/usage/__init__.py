"""What the studio was used for: clips, money and time by day, provider, model and member."""

from studio.services.usage.asked import SPANS, Asked, By, read
from studio.services.usage.charts import Chart, charts
from studio.services.usage.figures import Group, Pace, Report, Tally, jobs_of, people, report
from studio.services.usage.rows import lines

__all__ = [
    "SPANS",
    "Asked",
    "By",
    "Chart",
    "Group",
    "Pace",
    "Report",
    "Tally",
    "charts",
    "jobs_of",
    "lines",
    "people",
    "read",
    "report",
]
