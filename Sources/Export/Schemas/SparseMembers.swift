import JSONReader

/// Members that are left out where there is nothing to say.
extension JSONWriter {
  mutating func member(_ key: String, _ text: String?) {
    guard let text else { return }
    self.key(key)
    string(text)
  }

  mutating func member(_ key: String, _ number: Int64?) {
    guard let number else { return }
    self.key(key)
    integer(number)
  }

  mutating func member(_ key: String, _ number: Int) {
    self.key(key)
    integer(number)
  }

  mutating func member(_ key: String, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    self.key(key)
    strings(texts)
  }

  mutating func object(_ key: String, _ body: (inout JSONWriter) -> Void) {
    self.key(key)
    beginObject()
    body(&self)
    endObject()
  }

  mutating func objects<Element>(_ key: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
    guard !elements.isEmpty else { return }
    self.key(key)
    beginArray()
    for element in elements {
      beginObject()
      body(&self, element)
      endObject()
    }
    endArray()
  }

  /// An object of what other schemas have no field for.
  mutating func members(_ key: String, _ members: [Member]) {
    object(key) { json in
      for member in members {
        json.key(member.name)
        switch member.value {
        case .text(let text): json.string(text)
        case .integer(let number): json.integer(number)
        case .flag(let flag): json.bool(flag)
        case .texts(let texts): json.strings(texts)
        }
      }
    }
  }
}
