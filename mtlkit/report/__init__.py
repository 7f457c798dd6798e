"""Executed notebooks and the claims' ledger as a site that works offline."""

from mtlkit.report.assemble import build
from mtlkit.report.failures import ReportFailed

__all__ = ["ReportFailed", "build"]
