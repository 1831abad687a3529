"""What figures share: axes, lines, heat maps, choosers, and what pointing at a mark tells.

Every figure has a function that picks the data drawn and one that draws just that: `…_data` takes a
table as `ticketscope.report.reading` reads it and gives one row per mark; `…_chart` takes those
rows and gives a Vega-Lite chart that computes nothing, so a figure can be tested as data.
"""
