// Regexes
