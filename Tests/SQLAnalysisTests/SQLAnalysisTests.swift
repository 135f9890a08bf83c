// SQLAnalysisTests
