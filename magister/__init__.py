"""Magister: its web services (Algemeen, ADFuncties, Data), read into canonical records."""
