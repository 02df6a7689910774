"""Dimensions: the tags of a line in the accounting system's own words (Pleo's guide, data mapping)."""

from collections.abc import Mapping

from integration.bookkeeping.chart import Chart
from integration.bookkeeping.vouchers import Dimension
from integration.errors.items import DimensionTwice, TagNotInChart, TooManyTags
from integration.pleo.models import Line, Tag


def build_dimensions(
    line: Line, position: int, names: Mapping[str, str], chart: Chart, max_dimensions: int
) -> tuple[Dimension, ...]:
    """One for each tag that has a code; `names` maps a tag group to its dimension, of which a posting takes `most`.

    Raises `TagNotInChart`, `DimensionTwice` or `TooManyTags`.
    """
    found: dict[str, tuple[Dimension, Tag]] = {}
    for tag in line.tags or ():
        if tag.code:
            dimension = _build_dimension(tag, names, chart)
            earlier, first = found.setdefault(dimension.name, (dimension, tag))
            if earlier != dimension:
                raise DimensionTwice(
                    line=position, dimension=dimension.name, first=describe_tag(first), second=describe_tag(tag)
                )
    if len(found) > max_dimensions:
        raise TooManyTags(line=position, tags=len(found), limit=max_dimensions)
    return tuple(dimension for dimension, _ in found.values())


def describe_tag(tag: Tag) -> str:
    """As Pleo calls it."""
    return f"tag {tag.code} of group {tag.group_code}"


def _build_dimension(tag: Tag, names: Mapping[str, str], chart: Chart) -> Dimension:
    dimension = Dimension(name=names.get(tag.group_code, tag.group_code), value=tag.code)
    if chart.dimensions is not None and dimension.value not in chart.dimensions.get(dimension.name, ()):
        raise TagNotInChart(code=tag.code, group=tag.group_code)
    return dimension
