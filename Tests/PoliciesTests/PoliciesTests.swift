// PoliciesTests
