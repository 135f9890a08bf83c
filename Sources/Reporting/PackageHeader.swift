import AuditTrail
import Evidence
import JSONReader

/// What a package is of, as its manifest and its `machine/evidence.json` both say: so the manifest can be rebuilt from
/// the files alone.
struct PackageHeader: Sendable, Hashable {
  struct Catalog: Sendable, Hashable {
    let id: String
    let version: String
  }

  struct Input: Sendable, Hashable {
    let path: String
    let sha256: String
  }

  let organization: String
  let system: String
  let period: String
  let start: String
  let end: String
  let zone: String
  let toolVersion: String
  let catalogs: [Catalog]
  let inputsSHA256: String
  let inputs: [Input]

  init(_ model: EvidenceModel) {
    organization = model.organization
    system = model.system
    period = model.period.label
    start = model.period.start.description
    end = model.period.end.description
    zone = model.period.zone
    toolVersion = model.toolVersion
    catalogs = model.frameworks.map { Catalog(id: $0.id, version: $0.version) }
    inputsSHA256 = model.inputsSHA256
    inputs =
      model.inputs.map { Input(path: portable($0.path), sha256: $0.sha256) }
      + model.files.map { Input(path: portable($0.path), sha256: $0.sha256) }
  }

  /// Writes the members into the object that is open.
  func write(to json: inout JSONWriter) {
    json.member("organization", organization)
    json.member("system", system)
    json.key("period")
    json.beginObject()
    json.member("label", period)
    json.member("start", start)
    json.member("end", end)
    json.member("zone", zone)
    json.endObject()
    json.key("tool")
    json.beginObject()
    json.member("name", "assay")
    json.member("version", toolVersion)
    json.endObject()
    json.array("catalogs", catalogs) { json, catalog in
      json.member("id", catalog.id)
      json.member("version", catalog.version)
    }
    json.member("inputs_sha256", inputsSHA256)
    json.array("inputs", inputs) { json, input in
      json.member("path", input.path)
      json.member("sha256", input.sha256)
    }
  }

  /// Reads the members back; `nil` if one is missing or of another kind.
  init?(_ json: borrowing JSONParser, _ object: JSONValue) {
    guard let organization = json.text(object, "organization"), let system = json.text(object, "system"),
      let period = json.value(of: object, "period"), let label = json.text(period, "label"),
      let start = json.text(period, "start"), let end = json.text(period, "end"), let zone = json.text(period, "zone"),
      let tool = json.value(of: object, "tool"), let version = json.text(tool, "version"),
      let inputsSHA256 = json.text(object, "inputs_sha256"), let catalogs = json.value(of: object, "catalogs"),
      let inputs = json.value(of: object, "inputs")
    else { return nil }
    self.organization = organization
    self.system = system
    self.period = label
    self.start = start
    self.end = end
    self.zone = zone
    self.toolVersion = version
    self.inputsSHA256 = inputsSHA256
    var readCatalogs: [Catalog] = []
    for catalog in json.elements(of: catalogs) {
      guard let id = json.text(catalog, "id"), let version = json.text(catalog, "version") else { return nil }
      readCatalogs.append(Catalog(id: id, version: version))
    }
    self.catalogs = readCatalogs
    var readInputs: [Input] = []
    for input in json.elements(of: inputs) {
      guard let path = json.text(input, "path"), let sha256 = json.text(input, "sha256") else { return nil }
      readInputs.append(Input(path: path, sha256: sha256))
    }
    self.inputs = readInputs
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ value: String?) {
    key(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: Int64?) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: Int) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  mutating func member(_ name: String, _ values: [String]) {
    key(name)
    strings(values)
  }

  mutating func member(_ name: String, _ value: Timestamp?) { member(name, value?.description) }

  mutating func member(_ name: String, _ value: CivilDate?) { member(name, value?.description) }

  /// Writes an array of objects, one for each element.
  mutating func array<Element>(
    _ name: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    key(name)
    beginArray()
    for element in elements {
      beginObject()
      write(&self, element)
      endObject()
    }
    endArray()
  }
}

extension JSONParser {
  /// The text of a member, if there is one and it is a string.
  func text(_ object: JSONValue, _ name: StaticString) -> String? {
    value(of: object, name).flatMap { string($0) }
  }
}
