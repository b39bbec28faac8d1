package layertap.checksum

import org.scalatest.funsuite.AnyFunSuite

class MaskedCrc32cTest extends AnyFunSuite {
  // The CRC-32C of "123456789", as RFC 3720 and every catalogue of CRCs have it.
  private val crc = 0xe3069283

  test("is the CRC rotated right by fifteen bits, plus a constant") {
    val masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8
    assert(MaskedCrc32c.of("-123456789-".getBytes, 1, 9) === masked)
  }
}
