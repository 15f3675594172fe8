/** When a JSON Web Token ends (`exp`, RFC 7519), in RFC 3339; undefined for tokens of another form. */
export function tokenEnd(token: string): string | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: number;
    };
    return payload.exp === undefined ? undefined : new Date(payload.exp * 1000).toISOString();
  } catch {
    return undefined;
  }
}
