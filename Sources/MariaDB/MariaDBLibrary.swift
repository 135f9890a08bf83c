internal import CMariaDB

/// The version of the client's library that is linked, such as `3.3.20`.
public var mariaDBLibraryVersion: String { unsafe String(cString: mysql_get_client_info()) }

/// The library made ready, once: connections are opened from several threads.
let mariaDBLibrary: Bool = mysql_server_init(0, nil, nil) == 0
