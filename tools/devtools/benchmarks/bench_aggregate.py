"""`make bench`: a million ledger records summed up in constant memory, in time that grows with their number alone.

Exits non-zero over 512 MB, or where a million records take more than 11 times what a hundred thousand take.
"""

import sys

from devtools.benchmarks.aggregate import Pages, aggregate, peak_megabytes, reference

SMALL, LARGE = 100_000, 1_000_000
MOST_MEGABYTES = 512
MOST_TIMES = 11


def main() -> int:
    pages = Pages()
    read, reference_seconds = reference(pages.of(5_000))
    per_record = reference_seconds / read
    print("Aggregation: DynamoDB's wire form to a day's totals, processor time, one process")
    print(f"  reference: botocore's parser, boto3's types, LedgerRecord   {per_record * 1e6:8.1f} µs a record   1.0")
    aggregate(pages.of(10_000))
    # Before and after: what else the machine does must not count for one of them alone.
    small = _measured(pages, SMALL, per_record)
    large = _measured(pages, LARGE, per_record)
    small = (small + _measured(pages, SMALL, per_record)) / 2
    times, megabytes = large / small, peak_megabytes()
    print(f"  time for 1,000,000 / time for 100,000: {times:.2f} (at most {MOST_TIMES})")
    print(f"  peak memory: {megabytes:.0f} MB (at most {MOST_MEGABYTES})", flush=True)
    return 0 if times <= MOST_TIMES and megabytes <= MOST_MEGABYTES else 1


def _measured(pages: Pages, records: int, reference_per_record: float) -> float:
    """The seconds that so many records take."""
    totals, seconds = aggregate(pages.of(records))
    each = seconds / totals.requests
    print(
        f"  {totals.requests:>9,} records: {seconds:6.1f} s, {each * 1e6:5.1f} µs a record, "
        f"{reference_per_record / each:4.1f} × the reference's speed, peak {peak_megabytes():.0f} MB",
        flush=True,
    )
    return seconds


if __name__ == "__main__":
    sys.exit(main())
