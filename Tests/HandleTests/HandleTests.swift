// HandleTests
