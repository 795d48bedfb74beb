"""Costs of recognizers side by side: see tools/analysis_tools."""
