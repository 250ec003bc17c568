"""The columns of the arrays that kernels and their callers share.

Lengths are km, times seconds after the clock's origin, angles radians.
"""

STENCIL = 14  # nodes that the curve between two of them goes through

# A row of `satellites`: the clock of its nodes, its usable span, and bounds of its motion.
ORIGIN, STEP, BEGIN, END, MIN_RADIUS, MAX_RADIUS, MAX_SPEED, MAX_ACCELERATION = range(8)
SATELLITE_COLUMNS = 8

# A row of `stations`: vectors of three columns each, the lowest limit, and its sine.
POSITION, EAST, NORTH, UP, LIMIT, SIN_LIMIT = 0, 3, 6, 9, 12, 13
STATION_COLUMNS = 14

# A row of `bounds`: no node below this height over the horizon plane, counted from the Earth's centre, neighbours a
# pass; and no distance is less.
SKIP_BELOW, CLOSEST = range(2)
PAIR_COLUMNS = 2

# A row of passes. TRANSIT: when the whole transit is highest of which the pass may be a part.
AOS, TCA, LOS, SIN_PEAK, AZIMUTH_AOS, AZIMUTH_TCA, AZIMUTH_LOS, CLIPPED_START, CLIPPED_END, TRANSIT = range(10)
PASS_COLUMNS = 10
