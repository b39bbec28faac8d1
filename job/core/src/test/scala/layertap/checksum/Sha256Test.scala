package layertap.checksum

import org.scalatest.funsuite.AnyFunSuite

class Sha256Test extends AnyFunSuite {
  // From the examples of FIPS 180-4.
  private val ofAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  test("of a text") {
    assert(Sha256.hex("abc") === ofAbc)
  }

  test("of bytes given one after the other") {
    val digest = Sha256.digest
    digest.update("a".getBytes)
    digest.update("bc".getBytes)
    assert(Sha256.hex(digest) === ofAbc)
  }
}
