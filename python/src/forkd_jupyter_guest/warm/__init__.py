"""What a parent does once, before the snapshot, so that no clone has to do it.

It is a ladder, which ladder.py climbs: imports, answers, kernel_template, rehearsed_server and
prepared_server are its rungs; bind/ has what a clone does with each.
"""
