"""A sample report."""

from benchmarks.loads import LOADS
from benchmarks.measurement import Figures, Measurement
from benchmarks.report import Report

RATES = {
    "shop": 700.0,
    "django_tutorial": 100.0,
    "fastapi": 800.0,
    "pgbench": 4000.0,
    "traced": 600.0,
}


def measurement(rate: float = 100.0, other_load: float = 0.0) -> Measurement:
    return Measurement(
        rate=rate,
        p50=16000 / rate,
        p99=40000 / rate,
        processor=2000 / rate,
        generator=0.2,
        failed=0,
        rejected=0,
        other_load=other_load,
    )


def figures(**rates: float) -> Figures:
    rates = RATES | rates
    factors = (0.9, 1.0, 1.2)
    return {
        (name, load.name): [measurement(rates[name] * factor) for factor in factors]
        for load in LOADS
        for name in load.targets
    }


def report(*, short: bool = False, made: Figures | None = None) -> Report:
    return Report(
        date="2026-11-22",
        machine={
            "cores": 2,
            "memory_gib": 8,
            "processor": "A <fast> one & more",
            "python": "3.11.7",
        },
        postgresql={"server_version": "18.0", "fsync": "on"},
        short=short,
        rounds=3,
        seconds=3.0,
        products=10_000,
        memory={"order": 112.3, "postgres": 400.0},
        spans_per_order=5.0,
        figures=made or figures(),
    )
