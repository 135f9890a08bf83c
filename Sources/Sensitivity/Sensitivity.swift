// Sensitivity
