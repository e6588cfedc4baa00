#!/usr/bin/env node
process.stdout.write('kamaji-monitoring\n');
