// ShadowReplay
