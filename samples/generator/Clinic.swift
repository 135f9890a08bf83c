import AuditTrail

/// The clinic's data by formula: `ShadowScript` writes the same formulas as SQL, so that row counts in the archives are
/// those the shadow gives.
struct Clinic {
  let customers: Int
  let visits: Int
  let prescriptions: Int
  let payments: Int
  let appointments: Int
  let reports: Int
  let feedback: Int
  let cachedSessions: Int
  let jobRuns: Int

  static let doctors = 40

  static let production = Clinic(
    customers: 2000, visits: 12_000, prescriptions: 9000, payments: 4000, appointments: 3000, reports: 200,
    feedback: 2500, cachedSessions: 5000, jobRuns: 3000)
  static let staging = Clinic(
    customers: 300, visits: 1200, prescriptions: 900, payments: 600, appointments: 400, reports: 40, feedback: 300,
    cachedSessions: 500, jobRuns: 300)

  static let firstNames = [
    "Ada", "Ben", "Cleo", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Luca", "Mira", "Nils",
    "Odile", "Pavel", "Quinn", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Xenia", "Yusuf", "Zora", "Anton",
    "Bianca", "Cyril", "Dora", "Emil", "Flora", "Gideon", "Hanna", "Igor", "Judit", "Kurt", "Lena", "Marek", "Nora",
  ]
  static let lastNames = [
    "Abbot", "Baker", "Castell", "Dorn", "Engel", "Falk", "Gruber", "Holm", "Ivers", "Jansen", "Keller", "Lindt",
    "Moreau", "Novak", "Olsen", "Petrov", "Quist", "Ritter", "Santos", "Thorne", "Ulrich", "Vidal", "Weber", "Xander",
    "Young", "Zeller", "Arden", "Brandt", "Conti", "Duval", "Eklund", "Ferro", "Garnier", "Hart", "Ibsen", "Joyce",
    "Kovac", "Lorenz", "Meyer", "Nagy", "Orban", "Pohl", "Quade", "Rossi", "Stone", "Toth", "Urban", "Voss", "Wolf",
    "Zander",
  ]
  static let cities = [
    "Larkspur", "Fernhill", "Oakmere", "Stonebridge", "Willowby", "Ashcombe", "Brindle", "Copperton", "Dunmoor",
    "Eastwick", "Foxley", "Greyport", "Hazelden", "Ironbrook", "Juniper", "Kestrel", "Longford", "Marlow", "Northgate",
    "Redwater",
  ]
  static let drugs = [
    "amoxil", "betasan", "cortiva", "dolorex", "enalin", "fenacol", "glucora", "hepasan", "ibutin", "jodisan",
    "kalinor", "lorasil",
  ]
  static let specialties = [
    "allergy", "cardiology", "dermatology", "general", "neurology", "pediatrics", "radiology", "surgery",
  ]
  static let jobs = ["backup", "cache-sweep", "invoice-run", "reminders", "report-refresh"]

  func name(ofCustomer id: Int) -> String { "\(Self.firstNames[id % 40]) \(Self.lastNames[id / 40 % 50])" }

  func email(ofCustomer id: Int) -> String {
    "\(Self.firstNames[id % 40].lowercased()).\(Self.lastNames[id / 40 % 50].lowercased())\(id)@example.com"
  }

  /// Numbers of area 900 to 999 are issued to nobody.
  func ssn(ofCustomer id: Int) -> String {
    "9\(padded(id * 37 % 100, 2))-\(padded(id * 13 % 99 + 1, 2))-\(padded(id * 7919 % 9999 + 1, 4))"
  }

  func city(ofCustomer id: Int) -> String { Self.cities[id % 20] }

  func customer(ofVisit id: Int) -> Int { id * 7 % customers + 1 }

  func status(ofVisit id: Int) -> String {
    switch id % 10 {
    case 0: "cancelled"
    case 1, 2: "planned"
    default: "done"
    }
  }

  func date(ofVisit id: Int) -> String {
    CivilDate(daysSinceEpoch: CivilDate(year: 2025, month: 7, day: 1).daysSinceEpoch + id % 540).description
  }

  func visit(ofPrescription id: Int) -> Int { id * 11 % visits + 1 }

  /// The visits of a customer, in order.
  func visits(ofCustomer customer: Int) -> [Int] {
    (1...visits).filter { self.customer(ofVisit: $0) == customer }
  }

  /// How many prescriptions the visits of a customer hold.
  func prescriptionCount(ofCustomer customer: Int) -> Int {
    (1...prescriptions).count { self.customer(ofVisit: visit(ofPrescription: $0)) == customer }
  }

  func customer(ofPayment id: Int) -> Int { id * 13 % customers + 1 }

  func status(ofPayment id: Int) -> String { id % 5 == 0 ? "open" : "paid" }

  func status(ofAppointment id: Int) -> String { id % 4 == 0 ? "booked" : "confirmed" }

  func doctor(ofAppointment id: Int) -> Int { id * 3 % Self.doctors + 1 }

  func specialty(ofDoctor id: Int) -> String { Self.specialties[id % 8] }

  func duration(ofJobRun id: Int) -> Int { id * 53 % 4000 }
}
