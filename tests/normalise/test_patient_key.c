/* test_patient_key.c: the file of the key, and what it makes of identifiers. */
#include "normalise/patient_key.h"

#include "kit/kit.h"
#include "kit/kit_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void is_made_once(void)
{
    char dir[64];
    struct cord_patient_key first;
    struct cord_patient_key second;
    struct stat about;
    kit_store_dir(dir);
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(at >= 0);
    CHECK(cord_patient_key_load(at, "patient.key", &first, NULL) == CORD_OK);
    CHECK(fstatat(at, "patient.key", &about, 0) == 0);
    CHECK_U64(about.st_mode & 0777, 0600);
    CHECK_U64(about.st_size, CORD_PATIENT_KEY_BYTES);
    CHECK(cord_patient_key_load(at, "patient.key", &second, NULL) == CORD_OK);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK(cord_patient_key_load(at, "other.key", &second, NULL) == CORD_OK);
    CHECK(memcmp(&first, &second, sizeof first) != 0);
    cord_patient_key_forget(&first);
    cord_patient_key_forget(&second);
    CHECK(close(at) == 0);
    kit_store_remove(dir);
}

static void others_may_not_read_it(void)
{
    char dir[64];
    struct cord_patient_key key;
    struct cord_error err = {""};
    kit_store_dir(dir);
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(cord_patient_key_load(at, "patient.key", &key, NULL) == CORD_OK);
    CHECK(fchmodat(at, "patient.key", 0640, 0) == 0);
    CHECK(cord_patient_key_load(at, "patient.key", &key, &err) == CORD_E_FORMAT);
    CHECK(cord_str_find(cord_str_from(err.text), CORD_STR("chmod 600"), 0) != SIZE_MAX);
    int short_file = openat(at, "short.key", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(short_file >= 0 && write(short_file, "abc", 3) == 3 && close(short_file) == 0);
    CHECK(cord_patient_key_load(at, "short.key", &key, NULL) == CORD_E_FORMAT);
    CHECK(cord_patient_key_load(at, "none/patient.key", &key, NULL) == CORD_E_NOENT);
    CHECK(close(at) == 0);
    kit_store_remove(dir);
}

/* HMAC-SHA256 with the secret 00 01 ... 1f of "24", as openssl dgst -mac HMAC has it. */
static void keys_are_hmac(void)
{
    struct cord_patient_key key;
    char text[CORD_PATIENT_KEY_TEXT];
    for (unsigned i = 0; i < CORD_PATIENT_KEY_BYTES; i++) {
        key.secret[i] = (unsigned char)i;
    }
    CHECK(cord_patient_key_write(&key, CORD_STR("24"), text));
    CHECK_STR(((cord_str){text, sizeof text}), "pk:ab9776aff2661816b0684edf776722df");
    CHECK(cord_patient_key_write(&key, CORD_STR(""), text));
    CHECK_STR(((cord_str){text, sizeof text}), "pk:d38b42096d80f45f826b44a9d5607de7");
}

KIT_MAIN(KIT_TEST(is_made_once), KIT_TEST(others_may_not_read_it), KIT_TEST(keys_are_hmac))
