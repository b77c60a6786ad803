import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Turns a file of PEM certificates (argument 1) into the trust store that Java reads (argument 2). */
class TrustStore {
  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int count = 0;
    try (InputStream pem = new FileInputStream(args[0])) {
      for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
    }
    try (FileOutputStream out = new FileOutputStream(args[1])) {
      // No password: certificates are not encrypted, and a reader that gives no password accepts them.
      store.store(out, null);
    }
  }
}
