// SQLAnalysis
