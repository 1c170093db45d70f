"""Salt extension for trustmend: execution and state modules, a grain, a beacon and a runner."""
