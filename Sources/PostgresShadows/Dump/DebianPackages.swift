import Replay

/// Which Debian package holds an extension.
enum DebianPackages {
  private static let packages = [
    "vector": "pgvector", "pg_cron": "cron", "pg_partman": "partman", "pg_repack": "repack", "postgis": "postgis-3",
    "postgis_raster": "postgis-3", "postgis_topology": "postgis-3", "postgis_tiger_geocoder": "postgis-3",
    "address_standardizer": "postgis-3", "pointcloud": "pointcloud", "hstore_plperl": "",
    "plpgsql_check": "plpgsql-check",
  ]
  /// Extensions that connect to something, read files, or run by themselves.
  private static let outward: Set<String> = [
    "adminpack", "aws_lambda", "aws_s3", "dblink", "file_fdw", "http", "pg_background", "pg_cron", "pg_net", "pgagent",
    "pglogical", "pgmemcache", "plproxy", "plr", "plsh", "repmgr", "set_user", "wrappers",
  ]

  /// The package for the server's version; an extension of PostgreSQL's own comes with the server.
  static func package(of name: String, version: Int) -> String {
    switch name {
    case "plperl": return "postgresql-plperl-\(version)"
    case "pltcl": return "postgresql-pltcl-\(version)"
    default:
      let suffix = packages[name] ?? name.split(separator: "_").joined(separator: "-")
      return suffix.isEmpty ? "postgresql-\(version)" : "postgresql-\(version)-\(suffix)"
    }
  }

  /// Whether it is known to reach outside the database, so that it is not worth installing.
  static func reachesOut(_ name: String) -> Bool {
    outward.contains(name) || name.hasSuffix("_fdw") || name.hasPrefix("plpython")
      || ["plperlu", "pltclu"].contains(name)
  }
}
