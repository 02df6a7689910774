"""Dimensions: the tags of a line in the accounting system's own words (Pleo's guide, data mapping)."""

from collections.abc import Mapping

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Dimension
from integration.pleo.models import Line, Tag
from integration.refusals import TagNotInChart


def dimensions_of(line: Line, names: Mapping[str, str], chart: Chart) -> tuple[Dimension, ...]:
    """One for each tag that has a code; `names` maps a tag group to its dimension. Raises `TagNotInChart`."""
    return tuple(_dimension(tag, names, chart) for tag in line.tags or () if tag.code)


def _dimension(tag: Tag, names: Mapping[str, str], chart: Chart) -> Dimension:
    dimension = Dimension(name=names.get(tag.group_code, tag.group_code), value=tag.code)
    if chart.dimensions is not None and dimension.value not in chart.dimensions.get(dimension.name, ()):
        raise TagNotInChart(code=tag.code, group=tag.group_code)
    return dimension
