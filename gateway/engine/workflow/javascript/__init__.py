"""What JavaScript makes of values, for what is written against it: conversions, comparisons, texts.

Values are those of JSON, `UNDEFINED`, `Date` and `Pattern`. Nothing here runs code, and nothing changes
what it is given.

* `values`: kinds, truth, conversions to text and number
* `numbers`: how numbers are written and read
* `texts`: texts as sequences of UTF-16 units
* `comparing`: equality, loose, strict and deep, and order
* `stringify`: values as JSON text, JSON text as values
* `dates`: moments, all in UTC
* `patterns`: regular expressions of this dialect, bounded in time
"""
