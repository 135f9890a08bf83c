// ShadowReplayTests
