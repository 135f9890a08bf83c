/// The words that SQL itself uses: PostgreSQL's keywords, and those of other engines.
enum Keywords {
  /// Whether the word, in any case, is one.
  static func contains(_ word: ArraySlice<UInt8>) -> Bool {
    word.count <= longest && all.contains(word.lowercasedText)
  }

  private static let longest = all.reduce(0) { max($0, $1.utf8.count) }
  private static let all = Set(
    """
    abort absolute access action add admin after aggregate all also alter always analyse analyze and any apply array
    as asc asensitive assertion assignment asymmetric at atomic attach attribute authorization auto_increment
    autoincrement avg backup backward before begin between bigint binary binlog bit blob bool boolean both breadth
    bulk by cache call called cascade cascaded case cast catalog catch chain change char character characteristics
    charset check checkpoint class clob close cluster clustered coalesce collate collation column columns comment
    comments commit committed compression concurrently configuration conflict connect connection constraint
    constraints content continue conversion copy cost count create cross csv cube current current_catalog
    current_date current_role current_schema current_time current_timestamp current_user cursor cycle data database
    databases datetime datetime2 day day_hour dbcc deallocate dec decimal declare default defaults deferrable
    deferred definer delayed delete delimiter delimiters deny depends depth desc describe detach dictionary disable
    discard distinct distinctrow div do document domain double drop dual dumpfile duplicate each else elseif elsif
    enable enclosed encoding encrypted end engine enum escape escaped event except exclude excluding exclusive exec
    execute exists exit explain expression extension external extract fail false family fetch fields filter finalize
    first float flush following for force foreign forward freeze from full fulltext function functions generated
    glob global go grant granted greatest group grouping groups handler having header high_priority hold hour
    hour_minute identified identity if ignore ilike image immediate immutable implicit import in include including
    increment index indexed indexes infile inherit inherits initially inline inner inout input insensitive insert
    instead int integer intersect interval into invoker is isnull isolation iterate join key kill label language
    large last lateral leading leakproof least leave left level like limit lines listen load local localtime
    localtimestamp location lock locked logged longblob longtext loop low_priority mapping match matched
    materialized max maxvalue mediumblob mediumint mediumtext merge method min minus minute minvalue mod mode modify
    money month move name names national natural nchar new next nfc nfd nfkc nfkd no nocycle nolock nonclustered
    none normalize normalized not nothing notify notnull now nowait null nullif nulls numeric nvarchar nvarchar2
    object of off offset oids old on only open openrowset operator optimize optimizer_costs option options or order
    ordinality others out outer outfile output over overlaps overlay overriding owned owner parallel parameter
    parser partial partition partitions passing password percent pivot placing plans policy position pragma
    preceding precision prepare prepared preserve primary print prior privileges proc procedural procedure
    procedures program publication purge quote range read real reassign recheck recursive ref references referencing
    refresh regexp reindex relative release rename repair repeat repeatable replace replica reset resignal restart
    restore restrict return returning returns revoke right rlike role rollback rollup routine routines row rowid
    rownum rows rule savepoint schema schemas scroll search second security select sequence sequences serializable
    server session session_user set setof sets share show signal similar simple skip smallint snapshot some spatial
    sql sql_calc_found_rows sql_no_cache stable standalone start starting statement statistics stdin stdout storage
    stored straight_join strict strip subscription substring sum support symmetric sysdate sysid system table tables
    tablesample tablespace temp template temporary terminated text then throw ties time timestamp tinyblob tinyint
    tinytext to top trailing tran transaction transform treat trigger trim true truncate trusted try type types
    uescape unbounded uncommitted undo unencrypted union unique uniqueidentifier unknown unlisten unlock unlogged
    unpivot unsigned until update use user user_id using vacuum valid validate validator value values varchar
    varchar2 variadic varying verbose version view views volatile waitfor when where while whitespace window with
    within without work wrapper write xml xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable xor year yes zerofill zone
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
