package layertap.spark.trial

import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What the JVM that tries a model is told of this one. */
class StoragePropertiesTest extends AnyFunSuite {
  private def withProperties[A](properties: Map[String, String])(work: => A): A = {
    val before = properties.keys.map(name => name -> Option(System.getProperty(name)))
    properties.foreach { case (name, value) => System.setProperty(name, value) }
    try work
    finally
      before.foreach { case (name, value) =>
        value.fold(System.clearProperty(name))(System.setProperty(name, _))
      }
  }

  test("by what Java, Hadoop and the clients of storage reach it, but not what else is set") {
    val handedOn = Seq(
      "spark.hadoop.fs.s3a.endpoint",
      "hadoop.home.dir",
      "HADOOP_USER_NAME",
      "javax.net.ssl.trustStore",
      "javax.security.auth.useSubjectCredsOnly",
      "java.security.krb5.conf",
      "sun.security.krb5.debug",
      "jdk.tls.client.protocols",
      "java.net.preferIPv4Stack",
      "sun.net.client.defaultConnectTimeout",
      "jdk.http.auth.tunneling.disabledSchemes",
      "http.proxyHost",
      "https.proxyHost",
      "http.nonProxyHosts",
      "ftp.proxyHost",
      "socksProxyHost",
      "io.netty.noUnsafe",
      "aws.region",
      "com.amazonaws.sdk.disableCertChecking",
      "software.amazon.awssdk.http.service.impl",
      "user.home"
    ).map(_ -> "given").toMap
    withProperties(handedOn + ("spark.master" -> "local") + ("my.own" -> "x")) {
      val found = StorageProperties.ofThisJvm().asScala
      assert(handedOn.toSet.diff(found.toSet).isEmpty)
      assert(!found.contains("my.own") && !found.contains("spark.master"))
    }
  }

  test("the file of security properties is named at the start, and no secret is") {
    val secret = "javax.net.ssl.trustStorePassword" -> "secret"
    withProperties(Map("java.security.properties" -> "/etc/own.security", secret)) {
      val command = JavaCommand.of("layertap.Main").asScala
      assert(command.contains("-Djava.security.properties=/etc/own.security"))
      assert(!command.exists(_.contains("secret")))
    }
    assert(!JavaCommand.of("layertap.Main").asScala.exists(_.startsWith("-Djava.security")))
  }
}
