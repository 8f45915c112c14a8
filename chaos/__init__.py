"""Fault injection under load, and fuzzing, from outside over HTTP; imports no code of a service.

__main__, runner            `make chaos`: runs the scenarios
scenarios                   all of them; *_faults are the faults
system_under_test           a temporary system, with a fault_proxy before upstream services
workload, retrying_client   buyers in threads; client_stats is what they observed
reconciliation              expected against actual stock and orders
pass_criteria, report_table the verdict of a scenario
fuzz, fuzz_hooks            `make fuzz`: Schemathesis
"""
